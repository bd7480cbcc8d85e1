pimlift convert a.pst -o out --memory=lots; echo $?
pimlift convert a.pst -o out --memory=0; echo $?
pimlift convert a.pst -o out --memory=99999999999999999999; echo $?
pimlift convert a.pst -o out --codepage=-1; echo $?
pimlift convert a.pst -o out --codepage 70000; echo $?
pimlift convert a.pst -o out --since=31.01.2020; echo $?
pimlift convert a.pst -o out --since=2023-02-29; echo $?
pimlift convert a.pst -o out --since=2023-02-28T24:00:00Z; echo $?
pimlift convert a.pst -o out --vcard=2.1; echo $?
pimlift convert a.pst -o out --to=ics,; echo $?
pimlift convert a.pst -o out --force=yes; echo $?
pimlift convert a.pst -o; echo $?
pimlift convert a.pst --output; echo $?
pimlift convert a.pst -o out --memory=15i; echo $?
pimlift convert a.pst -o out --memory=16MiBs; echo $?
pimlift convert a.pst -o out --jobs=0; echo $?
pimlift convert a.pst -o out --jobs=65; echo $?
pimlift sanitize a.pst -o out --codepage=99; echo $?
