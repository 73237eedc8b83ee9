-- A number for each taking of a piece of work, which never falls. `attempts`, which named the taking
-- until now, is set back when work goes on, so that two takings could have the same.
alter table engine.work add column taking bigint not null default 0;

-- Work that is given up is finished, so none is kept that nobody tries.
delete from engine.work where buried_at is not null;
alter table engine.work drop column buried_at;
create index work_ready_idx on engine.work (greatest(due_at, lease_until)) where due_at is not null;

-- Whether the account of the subscription that a quote is for counts receipts that are not mirrored: one
-- of them may be the charge that used the quote.
create function engine.lacks_receipts(of_quote uuid) returns boolean language sql stable as $$
    select exists (
        select from engine.quote
        join public.subscription on subscription.first_plan = quote.plan
                                and subscription.wallet = quote.wallet
        where quote.id = of_quote
          and subscription.receipt_seq > (
              select count(*) from public.life
              join public.receipt on receipt.life_id = life.id
              where life.address = subscription.address and life.life = subscription.life))
$$;
