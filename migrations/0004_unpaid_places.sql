-- As before, but where the chain decides, accepting a quote holds its place no longer than the quote
-- can be used: whoever accepts without paying keeps nobody out. A quote without a signature is
-- settled between people, and accepting it holds the place for good.
create or replace function engine.offer_taken(
    of_offer text, at timestamptz, but_wallet pubkey, but_quote uuid
) returns bigint language sql stable as $$
    select count(distinct coalesce(encode(quote.wallet, 'hex'), quote.id::text))
    from engine.quote
    where quote.organisation = engine.current_organisation() and quote.offer = of_offer
      and (but_wallet is null or quote.wallet is distinct from but_wallet)
      and quote.id is distinct from but_quote
      and ((quote.accepted_at is not null and quote.signature is null)
           or quote.deadline > at - interval '2 minutes'
           or (quote.signature is not null
               and exists (select from public.cursor
                           where not caught_up or to_timestamp(tip_at) <= quote.deadline))
           or exists (
               select from public.subscription
               join public.event on event.account = subscription.address
               join public.charge on charge.position = event.position
               where subscription.plan = quote.plan and subscription.wallet = quote.wallet
                 and event.kind = 'Subscribed' and charge.debit = quote.price_units
                 and to_timestamp(event.at) between quote.created_at - interval '2 minutes'
                                                and quote.deadline))
$$;
