-- Holdouts of journeys, and how likely customers are to stay.

-- The version of the journey by whose holdout the run was drawn; null where nothing was drawn.
alter table engine.journey_run add column drawn_in integer;
create index journey_run_organisation_drawn_in_idx on engine.journey_run (organisation, journey, drawn_in)
    where drawn_in is not null;
-- What ended runs say of a person is forgotten with the person.
create index journey_run_person_id_idx on engine.journey_run (person, id);

-- The health of each customer as it was computed last.
create table engine.customer_health (
    organisation integer not null,
    -- Canonical when it was computed.
    person       uuid not null,
    -- 0 to 100.
    score        smallint not null,
    -- Of the weights.
    version      smallint not null,
    -- Each part with its points and its reason.
    parts        jsonb not null,
    computed_at  timestamptz not null,
    constraint customer_health_pkey primary key (organisation, person),
    constraint customer_health_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint customer_health_score_check check (score between 0 and 100)
);
create index customer_health_organisation_score_idx on engine.customer_health (organisation, score, person);
create index customer_health_person_idx on engine.customer_health (person);

alter table engine.customer_health enable row level security;
create policy tenant on engine.customer_health to tessera_tenant
    using ((organisation = engine.current_organisation()) is true)
    with check (organisation = engine.current_organisation());
grant select, insert, update, delete on engine.customer_health to tessera_tenant;
