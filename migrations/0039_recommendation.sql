-- Recommendations: what an organisation's models learn from, and the models.

create table engine.recommendation_rules (
    organisation integer not null,
    rules        jsonb not null,
    updated_by   text not null,
    updated_at   timestamptz not null default now(),
    constraint recommendation_rules_pkey primary key (organisation),
    constraint recommendation_rules_organisation_fkey foreign key (organisation) references engine.organisation
);

-- A version never changes; the newest is asked, and the last few are kept.
create table engine.recommendation_model (
    organisation integer not null,
    version      integer not null,
    -- As the domain writes it.
    model        bytea not null,
    -- How its method was chosen.
    evaluation   jsonb not null,
    -- The rules that it was trained by.
    rules        jsonb not null,
    -- Items other than plans that are shown.
    products     text[] not null,
    people       integer not null,
    interactions integer not null,
    trained_at   timestamptz not null,
    constraint recommendation_model_pkey primary key (organisation, version),
    constraint recommendation_model_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint recommendation_model_size_check check (octet_length(model) <= 8388608),
    constraint recommendation_model_products_check check (cardinality(products) <= 2000)
);

-- Whether the organisation or the chain vouches for an identifier: the organisation for user ids and addresses
-- that its own server stated, the chain for the wallets that it shows. What others do in pages makes nothing a
-- product that is recommended.
alter table engine.identifier add column vouched boolean not null default false;
-- Addresses were always stated by servers. Which user ids were, is not known of the past: the next time counts.
update engine.identifier set vouched = true
where kind = 'email'
   or kind = 'wallet' and exists (
       select from engine.event
       where event.organisation = identifier.organisation and event.person = identifier.person
         and event.source = 'chain');

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['recommendation_rules', 'recommendation_model'] loop
        execute format('alter table engine.%I enable row level security', tenant_table);
        execute format(
            'create policy tenant on engine.%I to tessera_tenant
             using ((organisation = engine.current_organisation()) is true)
             with check (organisation = engine.current_organisation())', tenant_table);
        execute format('grant select, insert, update, delete on engine.%I to tessera_tenant', tenant_table);
    end loop;
end $$;
