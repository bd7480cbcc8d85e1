# Flags after operands, bundled letters, values in all four spellings, "--": all reach the same mistake.
pimlift info a.pst --json
pimlift convert -no out a.pst
pimlift convert -noout a.pst
pimlift convert a.pst --outp=out
pimlift convert a.pst --output out
pimlift info -- --json
pimlift info -
