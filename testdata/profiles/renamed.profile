# A database whose tables and columns are called otherwise than usual. Written by hand, for tests:
# mkstore --ese-names writes such a database, --edb-profile reads it.

[global]
table = Site
replids = Replicas raw

[mailboxes]
table = People
columns = P_<ID4>_<m><l>
number = PersonNo
root = TopKey
guid = PersonGuid guid
owner_sid = Sid raw
name = Title
dn = OldAddress ansi
smtp = Mail utf16
locale = Lcid i32

[folders]
table = Tree
columns = P_<ID4>_<m><l>
# the same number, least significant byte first
id = NodeKey le64
parent = UpKey le64
mailbox_guid = PersonGuid

[messages]
table = Letters
columns = P_<ID4>_<m><l>
id = MsgKey be64
folder = HomeKey be64
recipients = To_Blob raw

[contents]
template = ListPattern
name = L_<counter>_<replid>
columns = V<id><l><m>
message_id = MsgKey be64
associated = Hidden bool

[attachments]
table = Parts
columns = P_<ID4>_<m><l>
message_id = MsgKey be64
number = PartNo i16
method = How
data = Payload
embedded = InnerKey

[names]
table = Dictionary
id = Local i32
kind = ByText i16
lid = Number i32
guid = Family guid
name = Word utf16
