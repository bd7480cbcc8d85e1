# No line of help is wider than a terminal.
for verb in info list convert dump formats; do
    pimlift $verb -h
    pimlift $verb --help
done | awk 'length($0) > 80 { print length($0) ": " $0 }'
