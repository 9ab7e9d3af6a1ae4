-- What officials read: daily sums of each measure, which days they were computed from, what services declare, what they write.
CREATE TABLE indicator_day (                     -- one row per measure, day of the territory's calendar and commune
    tenant smallint NOT NULL REFERENCES tenant,
    measure text NOT NULL,
    day date NOT NULL,
    commune_id int NOT NULL,
    num float8 NOT NULL,                         -- domain/indicator.py, Sums
    den float8 NOT NULL,
    cases int NOT NULL,
    heard float8 NOT NULL,
    expected float8 NOT NULL,
    PRIMARY KEY (tenant, measure, day, commune_id)
);
CREATE INDEX indicator_day_when ON indicator_day (tenant, day);
CREATE TABLE indicator_run (                     -- which measures have been computed for which days, and from what
    tenant smallint NOT NULL REFERENCES tenant,
    measure text NOT NULL,
    day date NOT NULL,
    inputs text NOT NULL,                        -- digests of the files read, and the version of the measure
    computed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, measure, day)
);
CREATE TABLE indicator_declared (                -- volumes that a service declares over [since, until): m³ billed, rounds of the reference calendar
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    since date NOT NULL,
    until date NOT NULL CHECK (until > since),
    amount float8 NOT NULL,
    unit text NOT NULL,
    source text NOT NULL,
    commune_id int NOT NULL DEFAULT 0,           -- 0: the whole territory
    PRIMARY KEY (tenant, id)
);
CREATE TABLE indicator_factor (                  -- agreed figures that replace those of the layers from a day on: price, emission, length
    tenant smallint NOT NULL REFERENCES tenant,
    key text NOT NULL,
    since date NOT NULL,
    until date,
    value float8 NOT NULL,
    unit text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (tenant, key, since)
);
CREATE TABLE highlight (                         -- facts that services write for officials
    tenant smallint NOT NULL REFERENCES tenant,
    id bigint GENERATED ALWAYS AS IDENTITY,
    layer text NOT NULL,                         -- '' for the service itself
    day date NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 160),
    by_name text NOT NULL,
    at timestamptz NOT NULL,
    removed_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX highlight_day ON highlight (tenant, day DESC) WHERE removed_at IS NULL;
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['indicator_day', 'indicator_run', 'indicator_declared', 'indicator_factor', 'highlight'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant_only ON %I TO vigie_app USING (tenant = nullif(current_setting('app.tenant', true), '')::int)
                          WITH CHECK (tenant = nullif(current_setting('app.tenant', true), '')::int)$p$, t);
    END LOOP;
END $$;
GRANT SELECT ON indicator_day, indicator_run TO vigie_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON indicator_declared, indicator_factor TO vigie_app;
GRANT SELECT, INSERT ON highlight TO vigie_app;
GRANT UPDATE (removed_at) ON highlight TO vigie_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON indicator_day, indicator_run TO vigie_worker;
GRANT SELECT, INSERT ON indicator_declared TO vigie_worker;  -- a demonstration declares its own
GRANT SELECT ON indicator_factor TO vigie_worker;
