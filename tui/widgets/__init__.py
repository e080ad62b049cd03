"""The widgets of the app; what they show is decided in the modules beside this folder."""
