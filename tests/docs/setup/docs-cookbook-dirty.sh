. "$TOP/tests/docs/setup/lib.sh"
mkstore --format exchange2003 "$recipes/office.recipe" -o priv1.edb --with logs
