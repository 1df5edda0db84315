if(NOT "${EXTENSION_NAME}" STREQUAL "${CMAKE_PROJECT_NAME}")
  message(FATAL_ERROR "The extension ${EXTENSION_NAME} is not the project ${CMAKE_PROJECT_NAME}.")
endif()
