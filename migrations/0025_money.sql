-- Money over time: what a period is, what a change of plan is, and what currencies are worth.

-- How long after a cancellation a new subscription of the wallet is a change of plan; null for the
-- period of what was cancelled. At most 366 days.
alter table engine.organisation add column plan_change_grace_secs integer
    constraint organisation_plan_change_grace_secs_check
    check (plan_change_grace_secs between 0 and 31622400);

-- What a whole unit of a currency, a mint or an ISO 4217 code, is worth in US dollars from a UTC day on,
-- until the next rate.
create table engine.exchange_rate (
    -- Orders lists.
    id           bigint generated always as identity,
    organisation integer not null,
    currency     text not null,
    day          date not null,
    usd          numeric not null,
    constraint exchange_rate_pkey primary key (organisation, currency, day),
    constraint exchange_rate_organisation_fkey foreign key (organisation) references engine.organisation,
    constraint exchange_rate_usd_check check (usd > 0),
    constraint exchange_rate_currency_check check (currency <> 'USD')
);
create unique index exchange_rate_organisation_id_key on engine.exchange_rate (organisation, id);

alter table engine.exchange_rate enable row level security;
create policy tenant on engine.exchange_rate to tessera_tenant
    using ((organisation = engine.current_organisation()) is true)
    with check (organisation = engine.current_organisation());
grant select, insert, update, delete on engine.exchange_rate to tessera_tenant;

-- Periods differ in length, so what makes a customer loyal is the months that they have paid.
update engine.rule_set
set body = replace(body::text, '"paid_periods_at_least"', '"paid_months_at_least"')::jsonb
where kind = 'price_book' and body::text like '%"paid_periods_at_least"%';
update engine.quote
set breakdown = replace(breakdown::text, '"paid_periods_at_least"', '"paid_months_at_least"')::jsonb
where breakdown::text like '%"paid_periods_at_least"%';
