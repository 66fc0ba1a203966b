"""The guided tour: the seed's story in chapters, each on a live emulator of its own (pure; the UI thread asks it).

``parts`` says what a chapter is made of, ``chapters`` holds them, ``guide`` notices what a person did.
"""
