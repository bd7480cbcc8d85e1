pimlift covnert a.pst; echo $?
pimlift frobnicate; echo $?
pimlift --frobnicate; echo $?
pimlift help lst; echo $?
pimlift help lsit; echo $?
pimlift manual covnert; echo $?
pimlift completion bahs; echo $?
pimlift --verison; echo $?
: >mail.pst
pimlift mail.pst; echo $?
