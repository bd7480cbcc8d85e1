# As in the sources after `make`.
mkdir build
ln -s "$BUILD/pimlift" "$BUILD/mkstore" build
ln -s "$TOP/testdata" .
