import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { ModelView } from '../../views/ModelView'

export const metadata = pageMetadata('/model/')

export default function Page() {
  return (
    <App route="/model/">
      <ModelView />
    </App>
  )
}
