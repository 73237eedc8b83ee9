-- Objections, solutions and barriers of a deal, by the word that the code and the API have for them.

alter table engine.deal rename column particulars to findings;
