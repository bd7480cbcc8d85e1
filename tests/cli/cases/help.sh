pimlift -h
for verb in info list convert dump formats; do
    pimlift $verb -h
done
