# For the tests under Open MPI: `ranks N COMMAND...` runs the program as N ranks; `pids N COMMAND...` too, each writing its number to pid.RANK.
# Skips where there is no mpirun, or no module of this build (make MPI=1).
command -v mpirun >/dev/null || { echo "mpirun is not here"; exit 77; }
[ -f "${QUORATE%/*}/quorate-mpi.so" ] || { echo "quorate-mpi.so is not built"; exit 77; }
# As anybody, on as few processors as there are, not bound to them.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" # Open MPI's own
ranks() { n=$1; shift; mpirun -q -n "$n" "$QUORATE" "$@"; }
pids() { n=$1; shift; exec mpirun -n "$n" sh -c 'echo $$ >pid.$OMPI_COMM_WORLD_RANK; exec "$@"' ranks "$QUORATE" "$@"; }
