pimlift covnert a.pst; echo $?
pimlift frobnicate; echo $?
pimlift --frobnicate; echo $?
pimlift help lst; echo $?
