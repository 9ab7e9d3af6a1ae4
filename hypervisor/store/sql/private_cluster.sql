-- What a private cluster holds before the first migration: the two login roles, the database, PostGIS. Run by psql as the owner, at each start;
-- owner, worker_password and app_password are set before.
SELECT 'CREATE ROLE vigie_worker' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vigie_worker') \gexec
SELECT 'CREATE ROLE vigie_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'vigie_app') \gexec
ALTER ROLE vigie_worker LOGIN BYPASSRLS PASSWORD :'worker_password';
ALTER ROLE vigie_app LOGIN PASSWORD :'app_password';
SELECT 'CREATE DATABASE vigie OWNER vigie_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'vigie') \gexec
\connect vigie
CREATE EXTENSION IF NOT EXISTS postgis;
