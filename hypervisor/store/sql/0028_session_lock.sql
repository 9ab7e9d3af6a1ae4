-- A desk left alone is locked: its session shows the picture and does nothing else until the password is given again.
ALTER TABLE session ADD COLUMN locked_at timestamptz;
DROP FUNCTION session_by_hash(bytea);
CREATE FUNCTION session_by_hash(h bytea) RETURNS TABLE (tenant smallint, account_id int, kind text, label text, csrf text, expires_at timestamptz, username text,
    display_name text, role text, layers text[], communes int[], locale text, theme text, must_change_password boolean, locked_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT s.tenant, s.account_id, s.kind, s.label, s.csrf, s.expires_at, a.username, a.display_name, a.role, a.layers, a.communes, a.locale, a.theme, a.must_change_password,
        s.locked_at
    FROM session s JOIN account a ON a.tenant = s.tenant AND a.id = s.account_id
    WHERE s.token_hash = h AND s.revoked_at IS NULL AND a.disabled_at IS NULL $$;
REVOKE ALL ON FUNCTION session_by_hash FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_by_hash TO vigie_app;
