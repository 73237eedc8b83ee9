-- Ranges of days: what a projection says of the people who come in between two days, without regard
-- to those before and after. The kind's reducer says which places and sums those are.

-- Places that a person has only in ranges which contain `day`, and neither `after_day` nor
-- `before_day`. In any range a person has one place, here or in `projection_person`.
create table engine.projection_place (
    organisation integer not null,
    projection   integer not null,
    person       uuid not null,
    -- UTC days, days since 1970.
    day          integer not null,
    after_day    integer,
    before_day   integer,
    order_key    bigint not null,
    label        text not null,
    constraint projection_place_projection_fkey foreign key (organisation, projection)
        references engine.projection (organisation, id)
);
-- Every row has such an order key; lists say so, and what looks for one person's rows does not.
create index projection_place_order_idx
    on engine.projection_place (projection, order_key desc, person)
    where order_key > '-9223372036854775808';
alter table engine.projection_place
    add constraint projection_place_pkey primary key (projection, person, day);

-- Sums that only ranges have which contain all days from `day` through `through_day`. Their rows are
-- many, one for each pair of days that people come back on, so few writers meet at one.
create table engine.projection_span_sum (
    organisation integer not null,
    projection   integer not null,
    day          integer not null,
    through_day  integer not null,
    label        text not null,
    measure      integer not null,
    shard        smallint not null,
    amount       bigint not null,
    constraint projection_span_sum_pkey
        primary key (projection, day, through_day, label, measure, shard),
    constraint projection_span_sum_projection_fkey foreign key (organisation, projection)
        references engine.projection (organisation, id)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['projection_place', 'projection_span_sum'] loop
        execute format('alter table engine.%I enable row level security', tenant_table);
        execute format(
            'create policy tenant on engine.%I to tessera_tenant
             using (organisation = engine.current_organisation())
             with check (organisation = engine.current_organisation())', tenant_table);
        execute format('grant select, insert, update, delete on engine.%I to tessera_tenant', tenant_table);
    end loop;
end $$;

-- Funnels are built once more: each person's other attempts are not known yet.
delete from engine.projection_person using engine.projection
where projection.id = projection_person.projection and projection.kind = 'funnel';
delete from engine.projection_sum using engine.projection
where projection.id = projection_sum.projection and projection.kind = 'funnel';
update engine.rule_set set status = 'building' from engine.projection
where projection.kind = 'funnel' and projection.status = 'live'
  and rule_set.organisation = projection.organisation and rule_set.kind = projection.kind
  and rule_set.name = projection.name and rule_set.version = projection.version;
update engine.projection set status = 'building' where kind = 'funnel' and status = 'live';
insert into engine.work as stored (kind, key, organisation, due_at)
select distinct 'build', organisation::text, organisation, now()
from engine.projection where kind = 'funnel' and status = 'building'
on conflict (kind, key) do update
set due_at = least(stored.due_at, excluded.due_at), version = stored.version + 1;
