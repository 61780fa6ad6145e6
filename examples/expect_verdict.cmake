# Runs COMMAND, where it leaves what it leaves in a folder of its own, and fails unless it exits with EXIT_CODE and
# prints what matches each of TEXTS, separated by |.
file(MAKE_DIRECTORY ${FOLDER})
execute_process(COMMAND ${COMMAND} WORKING_DIRECTORY ${FOLDER} OUTPUT_VARIABLE printed RESULT_VARIABLE result)
if(NOT result EQUAL EXIT_CODE)
  message(FATAL_ERROR "exit code ${result}, expected ${EXIT_CODE}\n${printed}")
endif()
string(REPLACE "|" ";" texts "${TEXTS}")
foreach(text IN LISTS texts)
  string(FIND "${printed}" "${text}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "printed\n${printed}\nexpected in it: ${text}")
  endif()
endforeach()
