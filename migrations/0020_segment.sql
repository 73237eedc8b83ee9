-- Segments: a kind of rule whose projection has members. What is kept of a person may change with time
-- alone, so a place says from when on.

alter table engine.rule_set drop constraint rule_set_kind_check;
alter table engine.rule_set add constraint rule_set_kind_check
    check (kind in ('event_registry', 'scoring_model', 'price_book', 'funnel', 'segment'));

alter table engine.projection_person add column next_at timestamptz;
create index projection_person_organisation_next_at_idx
    on engine.projection_person (organisation, next_at)
    where next_at is not null;

-- Who is a member, whatever the version: entries and exits are events of changes of this table.
create table engine.segment_member (
    organisation integer not null,
    -- Name of the segment.
    segment      text not null,
    -- The canonical person.
    person       uuid not null,
    entered_at   timestamptz not null,
    constraint segment_member_pkey primary key (organisation, segment, person),
    constraint segment_member_organisation_fkey foreign key (organisation) references engine.organisation
);
create index segment_member_organisation_person_idx on engine.segment_member (organisation, person);

alter table engine.segment_member enable row level security;
create policy tenant on engine.segment_member to tessera_tenant
    using (organisation = engine.current_organisation())
    with check (organisation = engine.current_organisation());
grant select, insert, update, delete on engine.segment_member to tessera_tenant;

insert into engine.work (kind, key, due_at) values ('segment_clock', '', now());
