pimlift info; echo $?
pimlift dump a.pst b.pst; echo $?
pimlift formats a.pst; echo $?
pimlift convert a.pst; echo $?
