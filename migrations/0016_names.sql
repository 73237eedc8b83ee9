-- Constraints and indexes of quotes and offers by names of ours.
alter table engine.quote rename constraint quote_check to quote_signer_check;
alter table engine.quote rename constraint quote_check1 to quote_signed_cluster_tag_check;
alter table engine.quote rename constraint quote_check2 to quote_signed_nonce_check;
alter table engine.quote rename constraint quote_check3 to quote_signed_most_periods_check;
alter table engine.offer rename constraint offer_check to offer_end_check;
alter index engine.quote_wallet rename to quote_organisation_wallet_id_idx;
