if(TARGET cobra)
  cobra_unit(frontend LIBRARIES cobra_test_support cobra_frontend)
endif()
