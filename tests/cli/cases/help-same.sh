# Every way to ask gives the same answer.
pimlift --help >a; pimlift help >b; pimlift -h >c
cmp a b && cmp b c && echo same
pimlift info --help >a; pimlift help info >b; pimlift info --json x.pst --help >c
cmp a b && cmp b c && echo same
