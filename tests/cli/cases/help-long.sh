pimlift convert --help
