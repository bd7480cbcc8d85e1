# Lists of stores as programs write them: what --stores-from reads, and that the scripts of the cookbook read the same.
list() { # FORMAT OF PRINTF: the paths, each in angles, or what is wrong
    printf '%s\n' "-- $1"
    # shellcheck disable=SC2059
    printf "$1" >list
    pimlift check --stores-from list >/dev/null 2>said
    status=$?
    sed 's/^pimlift: \(.*\): there is no such file; check the path$/<\1>/; s/^pimlift: --stores-from: //; s/^there is no path in list$/list: there is no path in it/
        /could be read\|no store/d' said >program
    cat program
    echo "status $status"
    sh docs/cookbook/pimlift-list list 2>refused >paths
    tr '\n\0' '\f\n' <paths | sed 's/\f/\\u{a}/g; s/.*/<&>/; 1 { /^<>$/d; }' | cat - refused | sed 's/^pimlift-list: //' | diff program -
}
list 'a.pst\nb.pst\n'
list 'a.pst\r\n\r\n b.pst\r'              # Windows
list '\357\273\277a.pst\nb.pst'           # Notepad
list '\377\376a\000.\000p\000s\000t\000\n\000' # PowerShell
list 'a\000.\000p\000s\000t\000\n\000'    # the same without its mark
list '\000a\000.\000p\000s\000t\000\n'
list 'a.pst\000b\nc.pst\000'              # find -print0
list 'a.pst\000b.pst'
list '\357\273\277a.pst\000\000b.pst\000'
list '1\0002\0003\000'                    # names of one letter
list 'a.pst\nb\000.pst\nc.pst\n'          # a stray one
list 'a.pst\nb.pst\n\000'
list 'a.pst\n\000\000\000\000'            # a disk that lost power
list ''
list '\357\273\277\r\n'
printf 'a.pst\n' | sh docs/cookbook/pimlift-list - count
printf 'a.pst\nb c.pst\n' >list
sh docs/cookbook/pimlift-list list 2
for number in 3 0 x; do sh docs/cookbook/pimlift-list list $number; echo "status $?"; done
for file in . none; do sh docs/cookbook/pimlift-list $file; echo "status $?"; done
