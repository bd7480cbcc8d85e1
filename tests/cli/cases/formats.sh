# The text names the same formats as the JSON lines.
pimlift formats --json | jq -r '"\(.direction) \(.name)"'
pimlift formats | awk 'NF == 1 { direction = $1; next } { print direction, $1 }'
