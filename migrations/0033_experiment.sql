-- Experiments. What came of each arm is a kind of projection, whose sums are moments of metrics.

alter table engine.rule_set drop constraint rule_set_kind_check;
alter table engine.rule_set add constraint rule_set_kind_check
    check (kind in ('event_registry', 'scoring_model', 'price_book', 'funnel', 'segment', 'channel_rules',
                    'metric', 'experiment'));

-- live -> closing -> closed: nothing is applied to one that is closed, its sums stay as they are, and what it
-- keeps of people goes while it is closing.
alter table engine.projection drop constraint projection_status_check;
alter table engine.projection add constraint projection_status_check
    check (status in ('building', 'live', 'closing', 'closed', 'removed'));

-- Sums and products of people's values, in millionths and their squares: wider than 64 bits. Shards as
-- in `projection_sum`.
create table engine.projection_moment (
    organisation integer not null,
    projection   integer not null,
    -- The batch of the first exposure: so many hours since 1970 divided by the hours of a batch.
    day          integer not null,
    -- Key of the arm.
    label        text not null,
    -- The metric's place.
    measure      integer not null,
    shard        smallint not null,
    people       bigint not null,
    -- Each value's sum, then its products with those before it and with itself; zeros at the end are
    -- left out.
    amounts      numeric[] not null,
    constraint projection_moment_pkey primary key (projection, day, label, measure, shard),
    constraint projection_moment_projection_fkey foreign key (organisation, projection)
        references engine.projection (organisation, id)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- What measurements keep of a person, all of them in one row: an event moves most of them, and what
-- writing costs is rows. As the store writes it.
create table engine.projection_bundle (
    organisation integer not null,
    person       uuid not null,
    kept         bytea not null,
    -- From when on one of the places may be another one without any event.
    next_at      timestamptz,
    constraint projection_bundle_pkey primary key (organisation, person),
    constraint projection_bundle_organisation_fkey foreign key (organisation)
        references engine.organisation
) with (fillfactor = 60);
create index projection_bundle_organisation_next_at_idx
    on engine.projection_bundle (organisation, next_at) where next_at is not null;

create table engine.experiment (
    organisation integer not null,
    key          text not null,
    -- draft -> running -> stopped -> running in the next phase.
    status       text not null,
    -- As it was last written; what runs is in its phase.
    design       jsonb not null,
    -- The number of the latest phase; 0 before the first.
    phase        integer not null default 0,
    -- Key of the arm that everybody sees since a decision; null while there is none.
    shipped      text,
    created_by   text not null,
    created_at   timestamptz not null,
    updated_at   timestamptz not null,
    constraint experiment_pkey primary key (organisation, key),
    constraint experiment_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint experiment_status_check check (status in ('draft', 'running', 'stopped'))
);
create index experiment_running_idx on engine.experiment (organisation, key) where status = 'running';

-- A time in which nothing that results depend on changes.
create table engine.experiment_phase (
    organisation integer not null,
    experiment   text not null,
    phase        integer not null,
    -- As it was at launch, with the metrics of then.
    design       jsonb not null,
    started_at   timestamptz not null,
    ended_at     timestamptz,
    -- The least p that the anytime test of assignments has had.
    mismatch_p   double precision,
    -- What metrics came to when a test that is read once was read.
    readings     jsonb not null default '[]',
    constraint experiment_phase_pkey primary key (organisation, experiment, phase),
    constraint experiment_phase_experiment_fkey foreign key (organisation, experiment)
        references engine.experiment (organisation, key) on delete cascade
);

-- Who may see an arm from a moment on: a ramp only adds people, a bandit moves weights.
create table engine.experiment_allocation (
    organisation integer not null,
    experiment   text not null,
    phase        integer not null,
    from_at      timestamptz not null,
    coverage_bps integer not null,
    -- Weights of the arms in ten-thousandths, in the order of the design.
    weights_bps  integer[] not null,
    constraint experiment_allocation_pkey primary key (organisation, experiment, phase, from_at),
    constraint experiment_allocation_phase_fkey foreign key (organisation, experiment, phase)
        references engine.experiment_phase (organisation, experiment, phase) on delete cascade
);

-- What was done to an experiment, and by whom, or decided.
create table engine.experiment_change (
    organisation integer not null,
    experiment   text not null,
    number       bigint generated by default as identity,
    kind         text not null,
    phase        integer not null,
    body         jsonb not null,
    actor        text not null,
    at           timestamptz not null,
    constraint experiment_change_pkey primary key (organisation, experiment, number),
    constraint experiment_change_experiment_fkey foreign key (organisation, experiment)
        references engine.experiment (organisation, key) on delete cascade
);

-- Who sees no experiment, so that what all of them bring can be seen. What came of it is measured like an
-- experiment, under the key of its feature.
create table engine.experiment_holdout (
    organisation integer not null,
    holdout      jsonb not null,
    changed_by   text not null,
    changed_at   timestamptz not null,
    constraint experiment_holdout_pkey primary key (organisation),
    constraint experiment_holdout_organisation_fkey foreign key (organisation)
        references engine.organisation
);

-- Merges are dated within the lock that all share who apply events, so that one that is seen by a report,
-- which holds the lock alone, is of a moment before the report's, and any other of a later one.
alter table engine.merge alter column merged_at set default clock_timestamp();
grant select on sequence engine.event_position_seq to tessera_tenant;

-- Results as they were signed.
create table engine.experiment_report (
    id           uuid not null,
    organisation integer not null,
    experiment   text not null,
    phase        integer not null,
    as_of        timestamptz not null,
    body         text not null,
    signature    bytea not null,
    created_by   text not null,
    constraint experiment_report_pkey primary key (organisation, id),
    constraint experiment_report_phase_fkey foreign key (organisation, experiment, phase)
        references engine.experiment_phase (organisation, experiment, phase) on delete cascade
);
create index experiment_report_experiment_idx
    on engine.experiment_report (organisation, experiment, phase, as_of);

-- The arms that a quote was shown with. They never change.
alter table engine.quote add column arms jsonb not null default '[]';

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['projection_moment', 'projection_bundle', 'experiment', 'experiment_phase',
        'experiment_allocation', 'experiment_change', 'experiment_holdout', 'experiment_report'] loop
        execute format('alter table engine.%I enable row level security', tenant_table);
        execute format(
            'create policy tenant on engine.%I to tessera_tenant
             using ((organisation = engine.current_organisation()) is true)
             with check (organisation = engine.current_organisation())', tenant_table);
        execute format('grant select, insert, update, delete on engine.%I to tessera_tenant', tenant_table);
    end loop;
end $$;
