-- Search by name, identifier, address and place. Words are compared without accents, case, hyphens or apostrophes, through trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

-- What is compared: « Allée de l’Étang-Neuf » → « allee de l etang neuf ». unaccent is only STABLE because a dictionary may be changed; ours is not.
CREATE FUNCTION fold(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT lower(public.unaccent('public.unaccent', translate(t, '’''-‐‑_', '      '))) $$;
ALTER TABLE asset ADD COLUMN words text GENERATED ALWAYS AS (fold(name || ' ' || coalesce(code, '') || ' ' || coalesce(address, ''))) STORED;
CREATE INDEX asset_words ON asset USING gin (words gin_trgm_ops);
CREATE INDEX basemap_line_words ON basemap_line USING gin (fold(name) gin_trgm_ops) WHERE name <> '';

-- LIKE is not leakproof: under a policy it would read every row before the index. These functions run as the owner and keep to the tenant by themselves.
-- words: folded, at least one; written: the same as typed, which may be a URN. Each word must be there; when no asset has them all, those that look most like the whole.
CREATE FUNCTION search_assets(words text[], written text, within_layers text[], within_communes int[], most int)
    RETURNS TABLE (id int, layer text, kind text, name text, code text, address text, commune text, lon float8, lat float8)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET pg_trgm.word_similarity_threshold = 0.55 AS $$
DECLARE
    t int := nullif(current_setting('app.tenant', true), '')::int;
    whole text := array_to_string(words, ' ');
    conditions text;
    inside text := '';
    how text;
BEGIN
    SELECT string_agg(format('a.words LIKE %L', '%' || replace(replace(replace(w, '\', '\\'), '%', '\%'), '_', '\_') || '%'), ' AND ')
        INTO conditions FROM unnest(words) AS w;
    IF within_layers IS NOT NULL THEN inside := inside || format(' AND a.layer = ANY (%L::text[])', within_layers); END IF;
    IF within_communes IS NOT NULL THEN inside := inside || format(' AND a.commune_id = ANY (%L::int[])', within_communes); END IF;
    FOREACH how IN ARRAY ARRAY[format('a.urn = %L', written), conditions, format('%L <%% a.words', whole)] LOOP
        RETURN QUERY EXECUTE format($q$
            SELECT f.id, f.layer, f.kind, f.name, f.code, f.address, c.name, f.lon, f.lat
            FROM (SELECT a.* FROM asset a WHERE a.tenant = %1$s AND %2$s%3$s LIMIT 2000) f JOIN commune c ON c.tenant = f.tenant AND c.id = f.commune_id
            ORDER BY CASE WHEN fold(f.code) = %4$L OR fold(f.name) = %4$L OR f.urn = %6$L THEN 0 WHEN starts_with(fold(f.code), %4$L) THEN 1
                WHEN starts_with(fold(f.name), %4$L) THEN 2 ELSE 3 END, word_similarity(%4$L, f.words) DESC, f.name, f.id
            LIMIT %5$s$q$, coalesce(t, -1), how, inside, whole, most, written);
        -- A mistyped letter is forgiven to words, not to numbers.
        EXIT WHEN FOUND OR how = conditions AND length(regexp_replace(whole, '[^a-z]', '', 'g')) < 4;
    END LOOP;
END $$;

-- Streets, by name and commune, and the places that the base map names; then streets with a letter mistyped. bounds: west, south, east, north.
CREATE FUNCTION search_places(words text[], most int) RETURNS TABLE (class text, name text, commune text, lon float8, lat float8, bounds float8[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET pg_trgm.word_similarity_threshold = 0.7 AS $$
DECLARE
    t int := coalesce(nullif(current_setting('app.tenant', true), '')::int, -1);
    whole text := array_to_string(words, ' ');
    conditions text;
    how text;
BEGIN
    SELECT string_agg(format('fold(p.name) LIKE %L', '%' || replace(replace(replace(w, '\', '\\'), '%', '\%'), '_', '\_') || '%'), ' AND ') INTO conditions FROM unnest(words) AS w;
    FOREACH how IN ARRAY ARRAY[conditions, format('%L <%% fold(p.name)', whole)] LOOP
        RETURN QUERY EXECUTE format($q$
            WITH lines AS (
                SELECT p.name, p.geom, ST_LineInterpolatePoint(p.geom, 0.5) AS middle FROM basemap_line p
                WHERE p.tenant = %1$s AND p.name <> '' AND p.class <> 'boundary' AND %2$s LIMIT 2000),
            streets AS (
                SELECT 'street'::text AS class, l.name, c.name AS commune, (array_agg(l.middle ORDER BY ST_Length(l.geom) DESC))[1] AS at, ST_Extent(l.geom)::box2d AS box
                FROM lines l LEFT JOIN commune c ON c.tenant = %1$s AND ST_Contains(c.geom, l.middle) GROUP BY l.name, c.name),
            places AS (
                SELECT p.class, p.name, CASE WHEN p.class = 'commune' THEN NULL ELSE c.name END AS commune, p.geom AS at, CASE WHEN p.class = 'commune' THEN Box2D(c.geom) END AS box
                FROM basemap_label p LEFT JOIN commune c ON c.tenant = %1$s AND ST_Contains(c.geom, p.geom)
                WHERE p.tenant = %1$s AND p.class IN ('commune', 'district', 'station', 'neighbour') AND %2$s)
            SELECT f.class, f.name, f.commune, ST_X(f.at), ST_Y(f.at), CASE WHEN f.box IS NOT NULL THEN ARRAY[ST_XMin(f.box), ST_YMin(f.box), ST_XMax(f.box), ST_YMax(f.box)] END
            FROM (SELECT * FROM places UNION ALL SELECT * FROM streets) f
            ORDER BY CASE WHEN fold(f.name) = %3$L THEN 0 WHEN starts_with(fold(f.name), %3$L) THEN 1 ELSE 2 END, f.class = 'street', word_similarity(%3$L, fold(f.name)) DESC, f.name, f.commune
            LIMIT %4$s$q$, t, how, whole, most);
        -- A mistyped letter is forgiven to words, not to numbers.
        EXIT WHEN FOUND OR how = conditions AND length(regexp_replace(whole, '[^a-z]', '', 'g')) < 4;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION search_assets, search_places FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_assets, search_places TO vigie_app;
