"""An issue file comes in; an `Issue` goes out: validated front matter and a tree of typed blocks.

Every fault carries its line and column. Nothing here knows of people, themes or networks; the only
input besides the text is the issue's own folder.
"""
