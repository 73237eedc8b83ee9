-- What a stranger with the key of a page can do: take nobody's Idempotency-Key.


-- A key is its caller's own; of the answers that are kept, nobody knows whose they are.
delete from engine.idempotency;
alter table engine.idempotency drop constraint idempotency_pkey;
alter table engine.idempotency
    -- The API key or wallet, as it is written into records.
    add column caller text not null,
    add constraint idempotency_pkey primary key (organisation, caller, key);
