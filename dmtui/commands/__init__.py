"""What each verb of the command line does, one file a verb; imported when it is used, so that help stays quick."""
