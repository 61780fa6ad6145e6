# Configures, builds and runs the consumer in the directory WORK, with corosim as WAY says. See CMakeLists.txt.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nexit code ${result}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(options
  -G ${GENERATOR}
  -DCMAKE_CXX_COMPILER=${CXX_COMPILER}
  -DCMAKE_CXX_FLAGS=${CXX_FLAGS}
  -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
if(WAY STREQUAL "find_package")
  file(REMOVE_RECURSE ${WORK}/prefix)
  run(${CMAKE_COMMAND} --install ${COROSIM_BINARY} --config ${CONFIG} --prefix ${WORK}/prefix)
  run(${WORK}/prefix/bin/corosim --version)
  list(APPEND options -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_BUILD_TYPE=${CONFIG})
else()
  list(APPEND options -DCOROSIM_SOURCE=${COROSIM_SOURCE} -DCMAKE_BUILD_TYPE=Debug
    -DCMAKE_CXX_FLAGS_DEBUG=)  # not even with debug information: this compiles fastest
endif()

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK}/build --fresh ${options})
run(${CMAKE_COMMAND} --build ${WORK}/build --config ${CONFIG} --target hello)
run(${WORK}/build/hello)
if(NOT output MATCHES "hello: 1000 runs, no failure")
  message(FATAL_ERROR "hello printed\n${output}")
endif()
