-- An exercise that ends gives back the rungs that it kept from a telephone: an alarm that still waits then is real, and climbs them again for good.
ALTER TABLE escalation ADD COLUMN held_by bigint;  -- the exercise; NULL: none held it
CREATE INDEX escalation_held ON escalation (tenant, alarm_id) WHERE held_by IS NOT NULL;
GRANT UPDATE (at, contact_id, contact_name, message_id, is_gap, held_by) ON escalation TO vigie_worker;
