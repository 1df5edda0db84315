if("${PROJECT_NAME}" STREQUAL "")
  message(FATAL_ERROR "project() comes before include(\${Slicer_USE_FILE}).")
endif()
set(EXTENSION_NAME "${PROJECT_NAME}")
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR "${Slicer_QTSCRIPTEDMODULES_LIB_DIR}")
set(BUILD_TESTING ON)

# What a call does not name, or names and leaves empty though Slicer needs it, stops the build.
function(stand_in_check call unknown)
  if(NOT "${unknown}" STREQUAL "")
    message(FATAL_ERROR "${call} has no argument ${unknown}")
  endif()
  foreach(pair IN LISTS ARGN)
    if(pair MATCHES "=$")
      message(FATAL_ERROR "${call} needs the argument ${pair}")
    endif()
  endforeach()
endfunction()

function(stand_in_copy target source_dir destination_dir)
  foreach(file IN LISTS ARGN)
    if(IS_ABSOLUTE "${file}" OR NOT EXISTS "${source_dir}/${file}")
      message(FATAL_ERROR "${target}: there is no file ${file} in ${source_dir}")
    endif()
    add_custom_command(
      OUTPUT "${destination_dir}/${file}"
      COMMAND "${CMAKE_COMMAND}" -E copy "${source_dir}/${file}" "${destination_dir}/${file}"
      DEPENDS "${source_dir}/${file}")
    list(APPEND copies "${destination_dir}/${file}")
  endforeach()
  add_custom_target(${target} ALL DEPENDS ${copies})
endfunction()

function(ctkMacroCompilePythonScript)
  cmake_parse_arguments(PARSE_ARGV 0 given "NO_INSTALL_SUBDIR;GLOBAL_TARGET"
    "TARGET_NAME;SOURCE_DIR;DESTINATION_DIR;INSTALL_DIR" "SCRIPTS;RESOURCES")
  stand_in_check(ctkMacroCompilePythonScript "${given_UNPARSED_ARGUMENTS}"
    TARGET_NAME=${given_TARGET_NAME} SCRIPTS=${given_SCRIPTS}
    DESTINATION_DIR=${given_DESTINATION_DIR} INSTALL_DIR=${given_INSTALL_DIR})
  if("${given_SOURCE_DIR}" STREQUAL "")
    set(given_SOURCE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  file(REAL_PATH "${given_SOURCE_DIR}" source_dir)
  stand_in_copy(Copy${given_TARGET_NAME}PythonFiles "${source_dir}" "${given_DESTINATION_DIR}"
    ${given_SCRIPTS} ${given_RESOURCES})
  set(contents_only "")
  if(given_NO_INSTALL_SUBDIR)
    set(contents_only "/")
  endif()
  install(DIRECTORY "${given_DESTINATION_DIR}${contents_only}" DESTINATION "${given_INSTALL_DIR}"
    COMPONENT RuntimeLibraries USE_SOURCE_PERMISSIONS)
endfunction()

function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(PARSE_ARGV 0 given "WITH_GENERIC_TESTS;WITH_SUBDIR;VERBOSE" "NAME"
    "SCRIPTS;RESOURCES")
  stand_in_check(slicerMacroBuildScriptedModule "${given_UNPARSED_ARGUMENTS}" NAME=${given_NAME})
  if(NOT "${given_NAME}.py" IN_LIST given_SCRIPTS)
    message(FATAL_ERROR "The module's own file ${given_NAME}.py is not among its SCRIPTS.")
  endif()
  ctkMacroCompilePythonScript(
    TARGET_NAME ${given_NAME}
    SCRIPTS ${given_SCRIPTS}
    RESOURCES ${given_RESOURCES}
    DESTINATION_DIR "${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}"
    INSTALL_DIR "${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR}"
    NO_INSTALL_SUBDIR)
endfunction()

function(slicer_add_python_unittest)
  cmake_parse_arguments(PARSE_ARGV 0 given "" "TESTNAME_PREFIX;SCRIPT" "SLICER_ARGS")
  stand_in_check(slicer_add_python_unittest "${given_UNPARSED_ARGUMENTS}" SCRIPT=${given_SCRIPT})
  if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${given_SCRIPT}")
    message(FATAL_ERROR "The unit test ${given_SCRIPT} is not in ${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
endfunction()
