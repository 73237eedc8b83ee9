-- Journeys: graphs of steps, and the runs of people through them.

alter table engine.rule_set drop constraint rule_set_kind_check;
alter table engine.rule_set add constraint rule_set_kind_check
    check (kind in ('event_registry', 'scoring_model', 'price_book', 'funnel', 'segment', 'channel_rules',
                    'metric', 'experiment', 'journey'));

create table engine.journey_run (
    organisation integer not null,
    -- Follows from the journey, the person and what the run is about, so that nobody enters twice.
    id           uuid not null,
    journey      text not null,
    version      integer not null,
    -- As they were when they entered; merges do not rewrite it.
    person       uuid not null,
    -- What the run is about; empty where that is the person.
    key          text not null,
    -- Name, moment and properties of what began it.
    cause        jsonb not null,
    entered_at   timestamptz not null,
    -- Where it is; null before its first step.
    node         text,
    since        timestamptz not null,
    -- When it is looked at; null once it has ended.
    due_at       timestamptz,
    -- What has arrived that it waits for.
    heard        text not null default 'nothing',
    ended_at     timestamptz,
    reason       text,
    constraint journey_run_pkey primary key (organisation, id),
    constraint journey_run_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint journey_run_heard_check check (heard in ('nothing', 'awaited', 'goal')),
    constraint journey_run_end_check
        check ((due_at is null) = (ended_at is not null) and (ended_at is null) = (reason is null))
);
create index journey_run_organisation_due_at_idx
    on engine.journey_run (organisation, due_at) where due_at is not null;
create index journey_run_person_idx on engine.journey_run (person, id) where due_at is not null;
create index journey_run_organisation_journey_idx on engine.journey_run (organisation, journey, id);

-- How many came by each node, and why runs ended.
create table engine.journey_flow (
    organisation integer not null,
    journey      text not null,
    version      integer not null,
    -- 'arrived' and 'left' are of a node, the others are reasons of ends, without one.
    what         text not null,
    node         text not null,
    runs         bigint not null,
    constraint journey_flow_pkey primary key (organisation, journey, version, what, node),
    constraint journey_flow_organisation_fkey foreign key (organisation) references engine.organisation
);

-- Through which moment those who enter by the clock have entered.
create table engine.journey_clock (
    organisation integer not null,
    journey      text not null,
    through      timestamptz not null,
    constraint journey_clock_pkey primary key (organisation, journey),
    constraint journey_clock_organisation_fkey foreign key (organisation) references engine.organisation
);

alter table engine.journey_run enable row level security;
create policy tenant on engine.journey_run to tessera_tenant
    using ((organisation = engine.current_organisation()) is true)
    with check (organisation = engine.current_organisation());
alter table engine.journey_flow enable row level security;
create policy tenant on engine.journey_flow to tessera_tenant
    using ((organisation = engine.current_organisation()) is true)
    with check (organisation = engine.current_organisation());
alter table engine.journey_clock enable row level security;
create policy tenant on engine.journey_clock to tessera_tenant
    using ((organisation = engine.current_organisation()) is true)
    with check (organisation = engine.current_organisation());
grant select, insert, update, delete on engine.journey_run, engine.journey_flow, engine.journey_clock
    to tessera_tenant;
