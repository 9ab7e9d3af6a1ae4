-- Works that files announce (arrêtés, « Informations travaux », DATEX II) are told apart by their reference: the same file again changes nothing.
ALTER TABLE works ADD COLUMN origin text NOT NULL DEFAULT 'desk' CHECK (origin IN ('desk', 'file'));
ALTER TABLE works ADD COLUMN contractor text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX works_announced ON works (tenant, reference) WHERE origin = 'file';
