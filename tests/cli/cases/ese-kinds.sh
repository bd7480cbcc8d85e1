# Databases of other programs are known by their tables; each is refused with one line, and shown.
database() { # NAME TABLE...
    name=$1
    shift
    {
        printf 'database\n  revision 9\n  page 4096\n'
        for table in "$@"; do printf 'table %s\n  column Id long not-null\n  index primary primary Id\n' "$table"; done
    } >recipe
    mkstore --ese recipe -o "$name" --truth truth || exit 77
}
database Windows.edb SystemIndex_PropertyStore
database SRUDB.dat SruDbIdMapTable
database WebCacheV01.dat Containers LeakFiles
database ntds.dit datatable link_table sd_table
database priv1.edb Mailbox Folders Msg
database mailbox.edb Mailbox MailboxIdentity
database mailbox2010.edb Mailbox
sed -e 's/revision 9/revision 0x11/' -e 's/page 4096/page 32768/' recipe >later
mkstore --ese later -o mailbox2010.edb --truth truth || exit 77
database other.mdb Msg Folders
for file in Windows.edb SRUDB.dat WebCacheV01.dat ntds.dit priv1.edb mailbox.edb mailbox2010.edb other.mdb; do
    pimlift convert $file -o "out-$file"; echo "convert: $?"
    pimlift info $file | sed -n 's/^  database *//p'
done
ls -d out-* # the one that is a store of the kind that is read, though an empty one
# a streaming file is none of them
sed 's/page 4096/&\n  streaming/' recipe >with-stream
mkstore --ese with-stream -o priv2.edb --truth truth || exit 77
pimlift info priv2.stm; echo "stm: $?"
pimlift info priv2.edb | grep streaming
