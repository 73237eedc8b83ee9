-- Codes by how they read, whatever of it was typed: O and 0, and I, L and 1, look the same, and - and _ go
-- unheard.

create index code_shape_idx on code (translate(code, 'OIL-_', '011'));
create index offer_shape_idx on engine.offer (translate(code, 'OIL-_', '011'), organisation);
