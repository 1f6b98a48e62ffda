"""What the pages share; the only room in `resunet` that knows Streamlit."""
