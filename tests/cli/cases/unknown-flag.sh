pimlift convert --ouput=x a.pst; echo $?
pimlift convert --frobnicate a.pst; echo $?
pimlift info -z a.pst; echo $?
pimlift convert --for a.pst; echo $?
pimlift convert --fo a.pst; echo $?
