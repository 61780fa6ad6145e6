# Runs COMMAND and fails unless it exits with 0 and prints what is in the file EXPECTED.
execute_process(COMMAND ${COMMAND} OUTPUT_VARIABLE printed RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "exit code ${result}, expected 0")
endif()
file(READ "${EXPECTED}" expected)
if(NOT printed STREQUAL expected)
  message(FATAL_ERROR "printed\n${printed}\nexpected, from ${EXPECTED},\n${expected}")
endif()
