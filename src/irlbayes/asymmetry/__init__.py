"""Pictures and tests of asymmetry, as the field makes them: one file each, exporting ``answer(funnel)``.

They read rows with a size (the z picture reads all), pool nothing for us, and never decide anything: each says where
it says nothing.
"""
