-- From which origins pages send events: null for any, otherwise these.
alter table engine.organisation add column capture_origins text[]
    constraint organisation_capture_origins_check check (cardinality(capture_origins) <= 100);
