"""ResU-Net in the browser: ``streamlit run app.py``."""

from resunet.ui import frame

frame.show()
