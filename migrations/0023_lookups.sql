-- Look-ups that cannot be planned badly, whatever the planner knows of an organisation. It knows nothing
-- of one that has just been opened, takes all of its rows for one row, and an index that names the
-- organisation and nothing else that is looked for for as good as the unique one: then each look-up reads
-- everything that the organisation has. So no such index is to be had.

-- The policies hide other organisations' rows and answer no look-up: no index is used for a condition of
-- this form. Statements that look for an organisation's rows name it themselves.
do $$
declare
    tenant_table text;
begin
    for tenant_table in
        select tablename from pg_policies
        where schemaname = 'engine' and policyname = 'tenant' and tablename <> 'organisation'
    loop
        execute format(
            'alter policy tenant on engine.%I
             using ((organisation = engine.current_organisation()) is true)', tenant_table);
    end loop;
end $$;

-- What is looked for stands first. People have ids that no other organisation's have.
drop index engine.person_organisation_canonical_idx;
create index person_canonical_idx on engine.person (canonical);
drop index engine.identifier_organisation_person_idx;
create index identifier_person_idx on engine.identifier (person);
drop index engine.segment_member_organisation_person_idx;
create index segment_member_person_idx on engine.segment_member (person);
drop index engine.deal_organisation_person_idx;
create index deal_person_idx on engine.deal (person);

-- Every row has such an order key; lists say so, and what looks for one person's row does not, so that
-- it cannot be looked for in the order of all people.
drop index engine.projection_person_order_idx;
create index projection_person_order_idx
    on engine.projection_person (projection, order_key desc, person)
    where order_key > '-9223372036854775808';

-- One index instead of two, of which the second named all organisations' rows of a day.
drop index engine.quota_use_day_idx;
alter table engine.quota_use
    drop constraint quota_use_pkey,
    add constraint quota_use_pkey primary key (day, organisation, holder);
