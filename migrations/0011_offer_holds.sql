-- Places of offers are held by rows that end. Until now, each claim counted all quotes that were ever
-- issued with the offer, while others waited for its lock.

-- What a hold refers to. The index before it had the same columns.
alter table engine.quote add constraint quote_organisation_id_key unique (organisation, id);
drop index engine.quote_organisation;
-- Nothing is looked for by a quote's offer any more.
drop index engine.quote_offer;

-- A quote holds a place of the offer in its price until its deadline, and two minutes more, in which a
-- network whose clock is late may still take it and the mirror learns so. A quote that the chain settles
-- holds it longer while the mirror is behind: until the mirror's clock has passed the deadline, because
-- only then is it known whether the quote was used. A quote that was used, or that no chain settles and
-- was accepted, holds its place for good.
create table engine.offer_hold (
    quote        uuid,
    organisation integer not null,
    offer        text not null,
    -- The customer, who takes one place however many quotes they have: a wallet's address, or the id of a
    -- quote that names no wallet.
    holder       bytea not null,
    -- Whether the chain settles the quote.
    signed       boolean not null,
    -- The quote's deadline; infinity for a place that is held for good.
    expires_at   timestamptz not null,
    constraint offer_hold_pkey primary key (quote),
    constraint offer_hold_quote_fkey foreign key (organisation, quote)
        references engine.quote (organisation, id),
    constraint offer_hold_offer_fkey foreign key (organisation, offer)
        references engine.offer (organisation, code)
);
create index offer_hold_organisation_offer_expires_at_idx on engine.offer_hold (organisation, offer, expires_at);
-- For the housekeeping, which sees all organisations.
create index offer_hold_expires_at_idx on engine.offer_hold (expires_at);

grant select, insert, update, delete on engine.offer_hold to tessera_tenant;
alter table engine.offer_hold enable row level security;
create policy tenant on engine.offer_hold to tessera_tenant
    using (organisation = engine.current_organisation())
    with check (organisation = engine.current_organisation());

-- Whether a charge that is mirrored names the quote: its nonce stands in the receipt. A wallet's
-- subscription is found by the plan that it was opened under, even when it is closed.
create function engine.is_used(of_quote uuid) returns boolean language sql stable as $$
    select exists (
        select from engine.quote
        join public.life on life.parent = quote.plan and life.wallet = quote.wallet
        join public.receipt on receipt.life_id = life.id
        join public.charge using (arrival)
        where quote.id = of_quote and charge.quote_nonce = quote.nonce)
$$;

-- What is held today. Quotes that may have been used on chain come along, and are judged as those that
-- are issued from now on.
insert into engine.offer_hold (quote, organisation, offer, holder, signed, expires_at)
select id, organisation, offer, coalesce(wallet, uuid_send(id)), signature is not null,
       case when accepted_at is not null and signature is null then 'infinity' else deadline end
from engine.quote
where offer is not null
  and (deadline > now() - interval '2 minutes'
       or (signature is null and accepted_at is not null)
       or (signature is not null
           and (not exists (select from public.cursor where to_timestamp(final_at) > deadline)
                or engine.is_used(id))));

drop function engine.offer_taken(text, timestamptz, pubkey, uuid);

insert into engine.work (kind, key, due_at) values ('offer_holds', '', now());
