-- Walls that were approved and have not opened yet: the list of walls shows them at once.
CREATE FUNCTION pairing_approved() RETURNS TABLE (label text, address text, approved_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT label, address, approved_at FROM wall_pairing WHERE tenant = nullif(current_setting('app.tenant', true), '')::int ORDER BY approved_at $$;
REVOKE ALL ON FUNCTION pairing_approved FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pairing_approved TO vigie_app;
