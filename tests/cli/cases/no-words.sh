pimlift
