-- Full-text search of the logbook in French, without accents; corrections found from the line that they correct; the daily seals.
CREATE TEXT SEARCH CONFIGURATION vigie_french (COPY = french);
ALTER TEXT SEARCH CONFIGURATION vigie_french ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;
CREATE INDEX logbook_words ON logbook USING gin (to_tsvector('public.vigie_french'::regconfig, text));
CREATE INDEX logbook_corrects ON logbook (tenant, corrects) WHERE corrects IS NOT NULL;
CREATE INDEX logbook_at ON logbook (tenant, at DESC);
-- A policy turns the index into a scan of every line unless what computes its expression is leakproof too (0002_roles.sql, the same for its operator).
DO $$
BEGIN
    ALTER FUNCTION to_tsvector(regconfig, text) LEAKPROOF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'to_tsvector stays leaky: only a superuser may mark it; the search of the logbook will read every line';
END $$;

CREATE TABLE logbook_seal (                      -- the chain's head each night, verified; also written outside the database
    tenant smallint NOT NULL REFERENCES tenant,
    day date NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    first_broken bigint,                         -- NULL: the whole chain held
    PRIMARY KEY (tenant, day)
);
ALTER TABLE logbook_seal ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_only ON logbook_seal TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int);
GRANT SELECT, INSERT ON logbook_seal TO vigie_app;
GRANT SELECT ON logbook_seal TO vigie_worker;
